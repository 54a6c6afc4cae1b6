// node otlp.js PORT CERTIFICATE KEY: takes OTLP/HTTP with JSON over https. Each request goes through the generated protobuf
// code of OpenTelemetry and back; only when nothing is lost on the way, it is printed as a JSON object in one line and answered with
// 200, otherwise with 400: protobuf leaves out what it does not know, such as a misspelt key.
"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");

// Not exported; beside what is.
const root = require(path.join(path.dirname(require.resolve("@opentelemetry/otlp-transformer")), "generated/root"));
const { logs, metrics } = root.opentelemetry.proto.collector;
const kinds = {
  "/v1/logs": [logs.v1.ExportLogsServiceRequest, logs.v1.ExportLogsServiceResponse],
  "/v1/metrics": [metrics.v1.ExportMetricsServiceRequest, metrics.v1.ExportMetricsServiceResponse],
};

const [port, certificate, key] = process.argv.slice(2);

function read(request, body) {
  assert.strictEqual(request.method, "POST");
  assert.strictEqual(request.headers["content-type"], "application/json");
  assert.ok(request.url in kinds, `no such path: ${request.url}`);
  const [Request] = kinds[request.url];
  const sent = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  const message = Request.fromObject(sent);
  const over = Request.decode(Request.encode(message).finish()); // as it would be in the binary form
  const back = Request.toObject(over, { longs: String });
  assert.deepStrictEqual(JSON.parse(JSON.stringify(back)), sent);
  return sent;
}

const server = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    try {
      console.log(JSON.stringify({ path: request.url, sent: read(request, Buffer.concat(parts)) }));
      response.writeHead(200).end("{}");
    } catch (error) {
      response.writeHead(400).end(JSON.stringify({ message: String(error.message) }));
    }
  });
});
server.listen(Number(port), "127.0.0.1");

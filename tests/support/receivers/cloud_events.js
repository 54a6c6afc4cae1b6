// node cloud_events.js PORT CERTIFICATE KEY: takes CloudEvents over https, as the official SDK reads them, and prints each as
// a JSON object in one line: the event, and the header fields as they came. What the SDK does not accept is answered with 400.
"use strict";
const fs = require("node:fs");
const https = require("node:https");
const { HTTP } = require("cloudevents");

const [port, certificate, key] = process.argv.slice(2);

function read(request, body) {
  const event = HTTP.toEvent({ headers: request.headers, body });
  event.validate();
  return { event: event.toJSON(), headers: request.headers, raw: request.rawHeaders, method: request.method, path: request.url };
}

const server = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    try {
      console.log(JSON.stringify(read(request, Buffer.concat(parts).toString())));
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(400, { "content-type": "text/plain" }).end(String(error.message));
    }
  });
});
server.listen(Number(port), "127.0.0.1");

// node yaml_to_json.js FILE: prints what a YAML file says, as JSON; a warning of the reader ends it, too.
"use strict";
const fs = require("node:fs");
const yaml = require("yaml");

const document = yaml.parseDocument(fs.readFileSync(process.argv[2], "utf8"), { strict: true, uniqueKeys: true });
const complaints = [...document.errors, ...document.warnings];
if (complaints.length > 0) throw complaints[0];
process.stdout.write(JSON.stringify(document.toJS()));

// node --liftoff-only powershell.js FILE...: parses PowerShell scripts with the grammar of tree-sitter-powershell, and prints what they are made of as one JSON
// array: for each script its errors, the commands with their parameters and the literal values of these, and the tables that are
// assigned to a variable (they are what commands are given as @name).
"use strict";
const fs = require("node:fs");
const { Language, Parser } = require("web-tree-sitter");

function* nodes(node) {
  yield node;
  for (const child of node.children) yield* nodes(child);
}

const unquoted = (text) => text.replace(/^(['"])(.*)\1$/s, "$2");
const line = (node) => node.startPosition.row + 1;

function command(node) {
  const [name, elements] = ["command_name", "command_elements"].map((field) => node.childForFieldName(field));
  const found = { line: line(node), name: name.text, words: [], parameters: [], tables: [] };
  for (const part of elements ? elements.children : []) {
    if (part.type === "command_argument_sep") continue;
    found.words.push(unquoted(part.text));
    if (part.type === "command_parameter") {
      const [parameter, value] = part.text.slice(1).split(":");
      found.parameters.push({ name: parameter, value: value ?? null });
    } else if (/^@\w+$/.test(part.text)) {
      found.tables.push(part.text.slice(1));
    } else if (found.parameters.length > 0 && found.parameters.at(-1).value === null) {
      found.parameters.at(-1).value = unquoted(part.text);
    }
  }
  return found;
}

function table(assignment) {
  const [target, literal] = [assignment.child(0), [...nodes(assignment)].find((each) => each.type === "hash_literal_expression")];
  if (!literal || !/^\$\w+$/.test(target.text)) return null;
  const entries = [...nodes(literal)].filter((each) => each.type === "hash_entry");
  return [target.text.slice(1), entries.map((each) => [each.namedChild(0).text, unquoted(each.namedChild(each.namedChildCount - 1).text)])];
}

async function main() {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm")));
  const scripts = process.argv.slice(2).map((file) => {
    const all = [...nodes(parser.parse(fs.readFileSync(file, "latin1")).rootNode)];
    return {
      file,
      errors: all.filter((each) => each.isError || each.isMissing).map((each) => ({ line: line(each), text: each.text })),
      commands: all.filter((each) => each.type === "command").map(command),
      exits: all.filter((each) => each.type === "flow_control_statement").map((each) => each.text).filter((each) => each.startsWith("exit")),
      functions: all.filter((each) => each.type === "function_name").map((each) => each.text),
      tables: Object.fromEntries(all.filter((each) => each.type === "assignment_expression").map(table).filter(Boolean)),
    };
  });
  console.log(JSON.stringify(scripts));
}

main();

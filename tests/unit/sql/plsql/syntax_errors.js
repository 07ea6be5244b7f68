"use strict";
// Parse PL/SQL with the public ANTLR grammar: standard input is a JSON object of texts by name,
// standard output one of the syntax errors in each.
const { readFileSync } = require("fs");
const { CharStreams, CommonTokenStream } = require("antlr4ts");
const { CaseChangingStream } = require("antlr4ts-sql/dist/src/models/CaseChangingStream");
const { PlSqlLexer } = require("antlr4ts-sql/dist/src/grammar-output/plsql/PlSqlLexer");
const { PlSqlParser } = require("antlr4ts-sql/dist/src/grammar-output/plsql/PlSqlParser");

const ENOUGH = 160; // an error goes on to list every word that would have been right

function syntaxErrors(text) {
  const found = [];
  const listener = {
    syntaxError: (_recognizer, _symbol, line, column, message) =>
      found.push(`line ${line}:${column}: ${message.slice(0, ENOUGH)}`),
  };
  const lexer = new PlSqlLexer(new CaseChangingStream(CharStreams.fromString(text), true));
  const parser = new PlSqlParser(new CommonTokenStream(lexer));
  for (const recognizer of [lexer, parser]) {
    recognizer.removeErrorListeners();
    recognizer.addErrorListener(listener);
  }
  parser.sql_script();
  return found;
}

const texts = JSON.parse(readFileSync(0, "utf8"));
const errors = Object.entries(texts).map(([name, text]) => [name, syntaxErrors(text)]);
process.stdout.write(JSON.stringify(Object.fromEntries(errors)));

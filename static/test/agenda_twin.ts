// The agenda of each line of a file of ballot files, one line each: tests/wire/test_agenda.py compares them.

import { readFileSync } from "node:fs";
import { argv, stdout } from "node:process";

import { compute, parse, resultText } from "../src/wire/agenda.ts";

const answers: string[] = [];
for (const line of readFileSync(argv[2] ?? "", "utf8").split("\n"))
  if (line !== "") answers.push(resultText(await compute(parse(line))));
stdout.write(answers.join("\n") + "\n");

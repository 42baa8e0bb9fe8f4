// What a draft can begin with.

import type { Template } from "../model/create.ts";
import { MEASURES } from "./measures.ts";
import { MEMORANDUM } from "./memorandum.ts";
import { PROTOCOL } from "./protocol.ts";
import { STATEMENT } from "./statement.ts";
import { TREATY } from "./treaty.ts";

/** A title and one clause. */
const EMPTY: Template = {
  id: "empty",
  nodes: [
    { kind: "title", text: {} },
    { kind: "paragraph", text: {} },
  ],
};

export const TEMPLATES = [TREATY, MEMORANDUM, STATEMENT, MEASURES, PROTOCOL, EMPTY] as const;

export const TEMPLATE_IDS = ["treaty", "memorandum", "statement", "measures", "protocol", "empty"] as const;
export type TemplateId = (typeof TEMPLATE_IDS)[number];

export function templateOf(id: TemplateId): Template {
  return TEMPLATES.find((template) => template.id === id) ?? EMPTY;
}

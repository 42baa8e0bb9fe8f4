// A joint statement, such as is given out after a meeting.

import type { Template } from "../model/create.ts";

export const STATEMENT: Template = {
  id: "statement",
  nodes: [
    { kind: "title", text: { en: "Joint Statement", ko: "공동성명" } },
    {
      kind: "preamble",
      text: {
        en: "… met in … on … at the invitation of …",
        ko: "…은/는 …의 초청으로 … …에서 회담하였다.",
      },
    },
    {
      kind: "paragraph",
      text: { en: "They exchanged views on … and agreed on the following.", ko: "양측은 …에 관하여 의견을 교환하고 다음에 합의하였다." },
    },
    { kind: "paragraph", text: { en: "They reaffirmed …", ko: "양측은 …을/를 재확인하였다." } },
    { kind: "paragraph", text: { en: "They expressed concern about …", ko: "양측은 …에 대하여 우려를 표명하였다." } },
    { kind: "paragraph", text: { en: "They decided to …", ko: "양측은 …하기로 하였다." } },
    {
      kind: "paragraph",
      text: { en: "They will meet again in … on …", ko: "양측은 … …에서 다시 회담하기로 하였다." },
    },
    { kind: "final", text: { en: "…, …", ko: "…, …" } },
  ],
};

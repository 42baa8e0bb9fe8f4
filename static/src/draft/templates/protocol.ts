// A protocol that amends or adds to an agreement.

import type { Template } from "../model/create.ts";

export const PROTOCOL: Template = {
  id: "protocol",
  nodes: [
    { kind: "title", text: { en: "Protocol to the … Agreement of …", ko: "… 협정의 … 의정서" } },
    {
      kind: "preamble",
      text: {
        en: "The Parties to this Protocol, being Parties to the … Agreement, hereinafter “the Agreement”,",
        ko: "… 협정(이하 “협정”이라 한다)의 당사국인 이 의정서의 당사국은,",
      },
    },
    { kind: "preamble", text: { en: "Wishing to supplement the Agreement,", ko: "협정을 보충하기를 희망하며," } },
    { kind: "preamble", text: { en: "Have agreed as follows:", ko: "다음과 같이 합의하였다." } },
    {
      kind: "article",
      text: { en: "Relation to the Agreement", ko: "협정과의 관계" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "This Protocol supplements the Agreement. As between Parties to both, the two are read as one instrument.",
            ko: "이 의정서는 협정을 보충한다. 양자 모두의 당사국 간에는 두 문서를 하나의 문서로 해석한다.",
          },
        },
      ],
    },
    {
      kind: "article",
      text: { en: "Amendments", ko: "개정 사항" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "Article … of the Agreement is replaced by the following: “…”",
            ko: "협정 제…조를 다음과 같이 대체한다. “…”",
          },
        },
      ],
    },
    {
      kind: "article",
      text: { en: "Entry into force", ko: "발효" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "This Protocol enters into force in the manner laid down in Article … of the Agreement.",
            ko: "이 의정서는 협정 제…조에 규정된 절차에 따라 발효한다.",
          },
        },
      ],
    },
    { kind: "final", text: { en: "Done at …, on …, in …, each text being equally authentic.", ko: "…에서 …에 …로 작성되었으며, 각 문본은 동등하게 정본이다." } },
    { kind: "annex", text: { en: "Schedule", ko: "부속 목록" }, under: [{ kind: "paragraph", text: { en: "…", ko: "…" } }] },
  ],
};

// A treaty between several States.

import type { Template, TemplateNode } from "../model/create.ts";

const PREAMBLE: readonly TemplateNode[] = [
  {
    kind: "preamble",
    text: { en: "The Parties to this Treaty,", ko: "이 조약의 당사국은," },
  },
  {
    kind: "preamble",
    text: {
      en: "Guided by the purposes and principles of the Charter of the United Nations,",
      ko: "국제연합 헌장의 목적과 원칙에 따라,",
    },
  },
  {
    kind: "preamble",
    text: { en: "Resolved to settle by agreement what concerns them all,", ko: "공동의 사안을 합의로써 해결할 것을 결의하며," },
  },
  { kind: "preamble", text: { en: "Have agreed as follows:", ko: "다음과 같이 합의하였다." } },
];

const SUBSTANCE: readonly TemplateNode[] = [
  {
    kind: "article",
    text: { en: "Use of terms", ko: "용어의 사용" },
    under: [
      {
        kind: "paragraph",
        text: { en: "For the purposes of this Treaty:", ko: "이 조약의 목적상," },
        under: [
          {
            kind: "point",
            text: {
              en: "“Party” means a State for which this Treaty is in force;",
              ko: "“당사국”이란 이 조약이 발효 중인 국가를 말한다.",
            },
          },
          { kind: "point", text: { en: "“Depositary” means …", ko: "“수탁자”란 …을/를 말한다." } },
        ],
      },
    ],
  },
  {
    kind: "article",
    text: { en: "Object", ko: "목적" },
    under: [{ kind: "paragraph", text: { en: "The object of this Treaty is …", ko: "이 조약의 목적은 …이다." } }],
  },
  {
    kind: "article",
    text: { en: "Obligations", ko: "의무" },
    under: [{ kind: "paragraph", text: { en: "Each Party shall …", ko: "각 당사국은 …한다." } }],
  },
  {
    kind: "article",
    text: { en: "Settlement of disputes", ko: "분쟁의 해결" },
    under: [
      {
        kind: "paragraph",
        text: {
          en: "Parties between which a dispute arises on the interpretation or application of this Treaty shall seek to settle it by negotiation or by other peaceful means of their own choice.",
          ko: "이 조약의 해석 또는 적용에 관하여 분쟁이 발생한 당사국들은 교섭 또는 스스로 선택하는 그 밖의 평화적 수단으로 이를 해결하도록 노력한다.",
        },
      },
    ],
  },
];

const FINAL: readonly TemplateNode[] = [
  {
    kind: "article",
    text: { en: "Signature and consent to be bound", ko: "서명 및 기속적 동의" },
    under: [
      {
        kind: "paragraph",
        text: {
          en: "This Treaty is open for signature at … from … until …",
          ko: "이 조약은 …부터 …까지 …에서 서명을 위하여 개방된다.",
        },
      },
      {
        kind: "paragraph",
        text: {
          en: "It is subject to ratification, acceptance or approval by the signatories and is open for accession by any other State.",
          ko: "이 조약은 서명국의 비준, 수락 또는 승인을 받아야 하며, 그 밖의 모든 국가의 가입을 위하여 개방된다.",
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
          en: "This Treaty enters into force on the thirtieth day after the deposit of the … instrument of ratification, acceptance, approval or accession.",
          ko: "이 조약은 …번째 비준서, 수락서, 승인서 또는 가입서가 기탁된 날 후 30일째 되는 날에 발효한다.",
        },
      },
    ],
  },
  {
    kind: "article",
    text: { en: "Amendment and withdrawal", ko: "개정 및 탈퇴" },
    under: [
      {
        kind: "paragraph",
        text: { en: "A Party may propose an amendment …", ko: "당사국은 개정을 제안할 수 있다. …" },
      },
      {
        kind: "paragraph",
        text: {
          en: "A Party may withdraw by written notification to the Depositary. The withdrawal takes effect … after its receipt.",
          ko: "당사국은 수탁자에 대한 서면 통고로써 탈퇴할 수 있다. 탈퇴는 통고가 접수된 때부터 … 후에 효력이 발생한다.",
        },
      },
    ],
  },
  {
    kind: "article",
    text: { en: "Authentic texts", ko: "정본" },
    under: [
      {
        kind: "paragraph",
        text: { en: "The texts of this Treaty in … are equally authentic.", ko: "이 조약의 … 문본은 동등하게 정본이다." },
      },
    ],
  },
  {
    kind: "final",
    text: {
      en: "In witness whereof the undersigned, duly authorised, have signed this Treaty.",
      ko: "이상의 증거로, 정당하게 권한을 위임받은 아래 서명자들은 이 조약에 서명하였다.",
    },
  },
  { kind: "final", text: { en: "Done at …, on …", ko: "…에서 …에 작성되었다." } },
];

export const TREATY: Template = {
  id: "treaty",
  nodes: [
    { kind: "title", text: { en: "Treaty on …", ko: "…에 관한 조약" } },
    ...PREAMBLE,
    ...SUBSTANCE,
    ...FINAL,
  ],
};

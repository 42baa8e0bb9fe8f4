// A memorandum of understanding: intentions, not obligations under international law.

import type { Template } from "../model/create.ts";

export const MEMORANDUM: Template = {
  id: "memorandum",
  nodes: [
    { kind: "title", text: { en: "Memorandum of Understanding on …", ko: "…에 관한 양해각서" } },
    {
      kind: "preamble",
      text: {
        en: "The … and the …, hereinafter “the Participants”,",
        ko: "…와/과 …(이하 “참여자”라 한다)은/는,",
      },
    },
    { kind: "preamble", text: { en: "Wishing to work together on …,", ko: "…에 관하여 협력하기를 희망하며," } },
    { kind: "preamble", text: { en: "Have reached the following understanding:", ko: "다음과 같이 양해하였다." } },
    {
      kind: "article",
      text: { en: "Purpose", ko: "목적" },
      under: [{ kind: "paragraph", text: { en: "The Participants intend to …", ko: "참여자는 …하고자 한다." } }],
    },
    {
      kind: "article",
      text: { en: "Areas of cooperation", ko: "협력 분야" },
      under: [
        {
          kind: "paragraph",
          text: { en: "Cooperation will include:", ko: "협력은 다음을 포함한다." },
          under: [
            { kind: "point", text: { en: "exchange of information on …;", ko: "…에 관한 정보의 교환" } },
            { kind: "point", text: { en: "visits of experts;", ko: "전문가의 방문" } },
            { kind: "point", text: { en: "joint work on …", ko: "…에 관한 공동 작업" } },
          ],
        },
      ],
    },
    {
      kind: "article",
      text: { en: "Contact points", ko: "연락 창구" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "Each Participant will name a contact point within … and tell the other of any change.",
            ko: "각 참여자는 … 이내에 연락 창구를 지정하고, 변경이 있으면 상대방에게 알린다.",
          },
        },
      ],
    },
    {
      kind: "article",
      text: { en: "Costs", ko: "비용" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "Each Participant will bear its own costs unless they decide otherwise in writing.",
            ko: "서면으로 달리 정하지 아니하는 한, 각 참여자는 자신의 비용을 부담한다.",
          },
        },
      ],
    },
    {
      kind: "article",
      text: { en: "Status and duration", ko: "지위 및 기간" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "This Memorandum creates no rights or obligations under international law.",
            ko: "이 양해각서는 국제법상의 권리 또는 의무를 창설하지 아니한다.",
          },
        },
        {
          kind: "paragraph",
          text: {
            en: "It takes effect on the date of the last signature and continues for … years. Either Participant may end it by giving … months’ notice in writing.",
            ko: "이 양해각서는 마지막 서명일에 효력이 발생하여 …년간 유효하다. 어느 참여자든지 …개월 전에 서면으로 통보하여 이를 종료할 수 있다.",
          },
        },
      ],
    },
    { kind: "final", text: { en: "Signed at …, on …, in …", ko: "…에서 …에 …로 서명하였다." } },
  ],
};

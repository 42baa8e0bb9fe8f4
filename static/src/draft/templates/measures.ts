// Confidence-building measures: notification, contact, observation, review.

import type { Template } from "../model/create.ts";

export const MEASURES: Template = {
  id: "measures",
  nodes: [
    { kind: "title", text: { en: "Confidence-building measures on …", ko: "…에 관한 신뢰구축조치" } },
    {
      kind: "preamble",
      text: {
        en: "In order to reduce the risk of misunderstanding and to strengthen confidence, the sides will carry out the following measures:",
        ko: "양측은 오해의 위험을 줄이고 신뢰를 증진하기 위하여 다음 조치를 이행한다.",
      },
    },
    {
      kind: "part",
      text: { en: "Notification", ko: "통보" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "Each side will notify the other in writing of … at least … days in advance.",
            ko: "각 측은 …을/를 적어도 …일 전에 상대측에 서면으로 통보한다.",
          },
          under: [
            { kind: "point", text: { en: "The notification states place, time and scale;", ko: "통보에는 장소, 시기 및 규모를 명시한다." } },
            { kind: "point", text: { en: "changes are notified without delay.", ko: "변경 사항은 지체 없이 통보한다." } },
          ],
        },
      ],
    },
    {
      kind: "part",
      text: { en: "Lines of contact", ko: "연락선" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "The sides keep a direct line open at all times and test it every …",
            ko: "양측은 직통 연락선을 상시 유지하고 …마다 시험한다.",
          },
        },
      ],
    },
    {
      kind: "part",
      text: { en: "Observation", ko: "참관" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "Each side will invite … observers of the other side to …",
            ko: "각 측은 상대측 참관인 …명을 …에 초청한다.",
          },
        },
      ],
    },
    {
      kind: "part",
      text: { en: "Incidents", ko: "우발 사건" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "When an incident occurs, the sides inform each other within … hours and refrain from steps that could worsen it.",
            ko: "사건이 발생하면 양측은 …시간 이내에 서로 알리고 사태를 악화시킬 수 있는 조치를 삼간다.",
          },
        },
      ],
    },
    {
      kind: "part",
      text: { en: "Review", ko: "점검" },
      under: [
        {
          kind: "paragraph",
          text: {
            en: "The sides review these measures every … and may extend them by agreement.",
            ko: "양측은 …마다 이 조치들을 점검하며 합의에 따라 확대할 수 있다.",
          },
        },
      ],
    },
  ],
};

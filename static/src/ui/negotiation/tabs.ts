// The sides of a draft that are about its negotiation.

export { ActsTab } from "./acts-tab.tsx";
export { LanguagesTab } from "./languages-tab.tsx";
export { PositionsTab } from "./positions-tab.tsx";
export { ProposalsTab } from "./proposals-tab.tsx";

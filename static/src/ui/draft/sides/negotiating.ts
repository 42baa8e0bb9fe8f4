// The sides that are about the negotiation, as one piece.

import "../draft-page.tsx"; // see ../../later.ts
export { ActsTab, LanguagesTab, PositionsTab, ProposalsTab } from "../../negotiation/tabs.ts";
export { RightsDialog } from "../../negotiation/rights-dialog.tsx";

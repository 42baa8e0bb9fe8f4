// Settings of the account and of this browser.

import { t } from "../i18n.ts";
import { Page } from "../parts/page.tsx";
import { useSelect } from "../portal.ts";
import { mayConnectInterpreter } from "../room/rights.ts";
import { SETTINGS, type SettingsSection, fragmentOf } from "../shell/route.ts";
import { type State, me } from "../state.ts";
import { Appearance } from "./appearance.tsx";
import { Devices } from "./devices.tsx";
import { Interpreters } from "./interpreters.tsx";
import { Ledger } from "./ledger.tsx";
import { Languages } from "./languages.tsx";
import { Privacy } from "./privacy.tsx";
import { Profile } from "./profile.tsx";
import { Security } from "./security.tsx";

/** Whether this person answers for an interpreter, or may. */
function hasInterpreters(state: State): boolean {
  const own = me(state);
  const answers = [...state.people.values()].some(({ interpreter }) => interpreter?.owner === own?.account);
  return answers || mayConnectInterpreter(own);
}

export function Settings({ section }: { section: SettingsSection }) {
  const interpreters = useSelect(hasInterpreters);
  const sections = SETTINGS.filter((name) => name !== "interpreters" || interpreters || section === name).map((name) => ({
    name: t(`settings.section.${name}`),
    href: fragmentOf({ screen: "settings", section: name }),
    current: name === section,
  }));
  return (
    <Page title={t("settings.title")} sections={sections}>
      {section === "profile" && <Profile />}
      {section === "languages" && <Languages />}
      {section === "security" && <Security />}
      {section === "devices" && <Devices />}
      {section === "interpreters" && <Interpreters />}
      {section === "appearance" && <Appearance />}
      {section === "privacy" && <Privacy />}
      {section === "ledger" && <Ledger />}
    </Page>
  );
}

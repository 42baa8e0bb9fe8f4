// Settings of the account and of this browser.

import { t } from "../i18n.ts";
import { Page } from "../parts/page.tsx";
import { SETTINGS, type SettingsSection, fragmentOf } from "../shell/route.ts";
import { Appearance } from "./appearance.tsx";
import { Devices } from "./devices.tsx";
import { Privacy } from "./privacy.tsx";
import { Profile } from "./profile.tsx";
import { Security } from "./security.tsx";

export function Settings({ section }: { section: SettingsSection }) {
  const sections = SETTINGS.map((name) => ({
    name: t(`settings.section.${name}`),
    href: fragmentOf({ screen: "settings", section: name }),
    current: name === section,
  }));
  return (
    <Page title={t("settings.title")} sections={sections}>
      {section === "profile" && <Profile />}
      {section === "security" && <Security />}
      {section === "devices" && <Devices />}
      {section === "appearance" && <Appearance />}
      {section === "privacy" && <Privacy />}
    </Page>
  );
}

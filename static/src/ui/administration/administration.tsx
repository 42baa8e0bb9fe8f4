// What an administrator does: people and roles, delegations, invitations.

import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Page } from "../parts/page.tsx";
import { useSelect } from "../portal.ts";
import { ADMINISTRATION, type AdministrationSection, fragmentOf } from "../shell/route.ts";
import { me } from "../state.ts";
import { Delegations } from "./delegations.tsx";
import { Invitations } from "./invitations.tsx";
import { People } from "./people.tsx";

/** A page that the server makes: it must also work when much else does not. */
const HEALTH = "/administration/health";

export function Administration({ section }: { section: AdministrationSection }) {
  const allowed = useSelect((state) => me(state)?.roles.includes("administrator") ?? false);
  const sections = [
    ...ADMINISTRATION.map((name) => ({
      name: t(`administration.section.${name}`),
      href: fragmentOf({ screen: "administration", section: name }),
      current: name === section,
    })),
    { name: t("administration.health"), href: HEALTH, current: false },
  ];
  if (!allowed) {
    return (
      <Page title={t("administration.title")} sections={[]}>
        <Notice tone="info">{t("administration.notAllowed")}</Notice>
      </Page>
    );
  }
  return (
    <Page title={t("administration.title")} sections={sections}>
      {section === "people" && <People />}
      {section === "delegations" && <Delegations />}
      {section === "invitations" && <Invitations />}
    </Page>
  );
}

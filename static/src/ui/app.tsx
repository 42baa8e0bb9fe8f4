// Which screen is shown.

import { Fragment } from "preact";
import { useErrorBoundary } from "preact/hooks";
import { Elsewhere, Fault, Revoked, StorageFull, Unsupported } from "./entry/gate.tsx";
import { Frame } from "./entry/frame.tsx";
import { SignIn } from "./entry/sign-in.tsx";
import { t } from "./i18n.ts";
import { lazy } from "./parts/lazy.ts";
import { Loading } from "./parts/loading.tsx";
import { useSelect } from "./portal.ts";
import { Dialogs } from "./dialogs/dialogs.tsx";
import { Shell } from "./shell/shell.tsx";
import { Toasts } from "./shell/toasts.tsx";

const Onboarding = lazy(async () => (await import("./later.ts")).Onboarding);
const AlreadySignedIn = lazy(async () => (await import("./later.ts")).AlreadySignedIn);

export function App() {
  const lang = useSelect((state) => state.lang);
  const [fault] = useErrorBoundary((error) => reportError(error));
  if (fault !== undefined) return <Fault />;
  return (
    <Fragment key={lang}>
      <Screen />
      <Dialogs />
      <Toasts />
    </Fragment>
  );
}

function Screen() {
  const status = useSelect((state) => state.status);
  const route = useSelect((state) => state.route);
  if (status.phase === "unsupported") return <Unsupported missing={status.missing} />;
  if (status.phase === "storage-full") return <StorageFull />;
  if (status.phase === "elsewhere") return <Elsewhere />;
  if (status.phase === "revoked") return <Revoked />;
  if (route.screen === "invitation" && status.phase !== "starting") {
    if (status.phase === "ready") return <AlreadySignedIn name={status.me.name} />;
    return <Onboarding id={route.id} secret={route.secret} />;
  }
  if (status.phase === "signed-out") return <SignIn />;
  if (status.phase === "ready") return <Shell />;
  return (
    <Frame title={t("state.starting")}>
      <Loading />
      <div class="late">
        <p>{t("state.late")}</p>
        <button type="button" onClick={() => location.reload()}>
          {t("fault.reload")}
        </button>
      </div>
    </Frame>
  );
}

// The list of keyboard shortcuts, from the same table that makes them work.

import { t } from "../i18n.ts";
import { Dialog } from "../parts/dialog.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { SHORTCUTS, type Shortcut, modKey } from "../shell/keys.ts";

const AREAS = ["everywhere", "message", "composer"] as const;

function keyName(key: string): string {
  if (key === "Mod") return modKey();
  const printed: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
  return printed[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

export function Shortcuts() {
  const { session } = usePortal();
  const { enterSends, singleKeys } = useSelect((state) => state.preferences);
  const keysOf = ({ keys, label }: Shortcut): readonly string[] => {
    if (enterSends || (label !== "shortcut.send" && label !== "shortcut.newLine")) return keys;
    return label === "shortcut.send" ? ["Mod", "Enter"] : ["Enter"];
  };
  return (
    <Dialog title={t("shortcut.title")} size="medium" onClose={() => session.closeDialog()}>
      <div class="shortcuts">
        {AREAS.map((area) => (
          <section key={area}>
            <h3>{t(`shortcut.area.${area}`)}</h3>
            <dl>
              {SHORTCUTS.filter((shortcut) => shortcut.area === area).map((shortcut) => (
                <div key={shortcut.label}>
                  <dt>{t(shortcut.label)}</dt>
                  <dd dir="ltr">
                    {keysOf(shortcut).map((key) => (
                      <kbd key={key}>{keyName(key)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys}
          onChange={(event) => void session.prefer({ singleKeys: event.currentTarget.checked })}
        />
        {t("settings.singleKeys")}
      </label>
    </Dialog>
  );
}

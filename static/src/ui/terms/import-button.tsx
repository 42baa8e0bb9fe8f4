// Choosing a glossary file: what is wrong with it is said here, what it would change in a dialog.

import { useRef, useState } from "preact/hooks";
import type { Id, TermView } from "../../member/api.ts";
import { Icon } from "../icons.tsx";
import { t, translator } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { usePortal } from "../portal.ts";
import { ExchangeFault } from "./concept.ts";
import { ACCEPTED, readConcepts } from "./files.ts";
import { planOf } from "./plan.ts";

interface Refused {
  name: string;
  fault: ExchangeFault;
}

export function ImportTermsButton({ room, terms }: { room: Id; terms: readonly TermView[] }) {
  const { session } = usePortal();
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const take = async (file: File): Promise<void> => {
    setRefused(null);
    try {
      const plan = planOf(terms, await readConcepts(file));
      session.show({ kind: "import-terms", room, name: file.name, plan });
    } catch (error) {
      if (!(error instanceof ExchangeFault)) throw error;
      setRefused({ name: file.name, fault: error });
    }
  };
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        <Icon name="upload" /> {t("terms.import")}
      </button>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-hidden="true"
        accept={ACCEPTED}
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file !== undefined) void take(file);
          event.currentTarget.value = "";
        }}
      />
      {refused !== null && (
        <Notice tone="danger" alert title={t("terms.refused", { name: refused.name })}>
          {translator().lookup(`terms.fault.${refused.fault.kind}`, refused.fault.values)} {t("terms.nothingChanged")}
        </Notice>
      )}
    </>
  );
}

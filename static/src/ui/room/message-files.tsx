// Files of a message: pictures are shown in place, all can be saved.

import type { FileView, MessageEntry } from "../../member/api.ts";
import { bytes } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { safeFileName, saveBlob } from "../parts/save.ts";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { isPicture } from "./picture-kind.ts";
import { Picture } from "./picture.tsx";

export function MessageFiles({ entry }: { entry: MessageEntry }) {
  return (
    <ul class="files">
      {entry.files.map((file) => (
        <li key={file.blob}>
          {isPicture(file) && entry.sending === "sent" && <Picture file={file} item={entry.item} />}
          <FileLine file={file} item={entry.item} ready={entry.sending === "sent"} />
        </li>
      ))}
    </ul>
  );
}

export function FileLine({ file, item, ready }: { file: FileView; item: string; ready: boolean }) {
  const { api, session } = usePortal();
  const room = useSelect((state) => state.room?.room ?? "");
  const gone = useSelect((state) => state.room?.standing === "removed");
  const call = useCall();
  const save = async (): Promise<void> => {
    await call.run(async () => {
      const blob = await session.attempt(api.download(room, item, file.blob));
      if (blob !== undefined) saveBlob(blob, safeFileName(file.name));
    });
  };
  return (
    <div class="file">
      <Icon
        name={
          file.type.startsWith("image/")
            ? "picture"
            : file.type.startsWith("text/") || file.type === "application/pdf"
              ? "document"
              : "file"
        }
      />
      <span class="file-name" dir="auto" title={file.name}>
        {file.name}
      </span>
      <span class="file-size">{bytes(file.size_bytes)}</span>
      {!gone && (
        <button
          type="button"
          class="button-quiet button-icon"
          aria-label={t("file.save", { name: file.name })}
          title={t("file.save", { name: file.name })}
          disabled={!ready || call.busy}
          onClick={() => void save()}
        >
          <Icon name="download" />
        </button>
      )}
    </div>
  );
}

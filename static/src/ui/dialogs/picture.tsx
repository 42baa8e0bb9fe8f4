// A picture of the record, as large as the window allows.

import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { safeFileName } from "../parts/save.ts";
import { usePortal } from "../portal.ts";

export function PictureDialog({ name, url }: { name: string; url: string }) {
  const { session } = usePortal();
  return (
    <Dialog title={name} size="large" onClose={() => session.closeDialog()}>
      <img class="picture-large" src={url} alt={name} />
      <DialogActions>
        <a class="button" href={url} download={safeFileName(name)}>
          <Icon name="download" /> {t("action.save")}
        </a>
      </DialogActions>
    </Dialog>
  );
}

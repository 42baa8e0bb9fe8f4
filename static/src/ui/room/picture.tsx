// A picture in the record. Its place has the right size before it is there, so that nothing moves.

import { useEffect, useRef, useState } from "preact/hooks";
import type { FileView, Id } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";
import { bytes } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { keepPicture, keptPicture } from "./picture-cache.ts";
import { SHOWN_AT_ONCE_BYTES } from "./picture-kind.ts";

const MAX_WIDTH = 420;
const MAX_HEIGHT = 320;

function shownSize({ width, height }: FileView): { width: number; height: number } {
  if (width === undefined || height === undefined || width <= 0 || height <= 0) return { width: 240, height: 160 };
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export function Picture({ file, item }: { file: FileView; item: Id }) {
  const { api, session } = usePortal();
  const room = useSelect((state) => state.room?.room ?? "");
  const gone = useSelect((state) => state.room?.standing === "removed");
  const place = useRef<HTMLDivElement>(null);
  const [url, setUrl] = useState<string | null>(keptPicture(file.blob));
  const [state, setState] = useState<"idle" | "loading" | "failed">("idle");
  const large = file.size_bytes > SHOWN_AT_ONCE_BYTES;

  const load = async (): Promise<void> => {
    setState("loading");
    try {
      const blob = await api.download(room, item, file.blob);
      setUrl(keepPicture(file.blob, new Blob([blob], { type: file.type })));
    } catch (error) {
      if (!isFailure(error)) throw error;
      setState("failed");
    }
  };
  useEffect(() => {
    if (url !== null || large || gone || place.current === null) return undefined;
    const inSight = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      inSight.disconnect();
      void load();
    });
    inSight.observe(place.current);
    return () => inSight.disconnect();
  }, []);

  const size = shownSize(file);
  if (url !== null) {
    return (
      <button
        type="button"
        class="picture"
        aria-label={t("picture.enlarge", { name: file.name })}
        onClick={() => session.show({ kind: "picture", name: file.name, url })}
      >
        <img src={url} alt={file.name} {...size} onError={() => setUrl(null)} />
      </button>
    );
  }
  if (gone) return null;
  return (
    <div class="picture-place" ref={place}>
      <svg class="picture-size" {...size} aria-hidden="true" />
      {state === "failed" || large ? (
        <button type="button" class="button-small" disabled={state === "loading"} onClick={() => void load()}>
          <Icon name="picture" size={14} />{" "}
          {state === "failed" ? t("picture.again") : t("picture.show", { size: bytes(file.size_bytes) })}
        </button>
      ) : (
        <span class="quiet">{t("picture.loading")}</span>
      )}
    </div>
  );
}

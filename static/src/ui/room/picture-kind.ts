// Which files are shown as pictures: formats that every browser draws without running anything.

import type { FileView } from "../../member/api.ts";

const DRAWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
/** Larger ones are shown when asked for. */
export const SHOWN_AT_ONCE_BYTES = 5_000_000;
const LARGEST_BYTES = 50_000_000;

export function isPicture(file: FileView): boolean {
  return DRAWN.has(file.type) && file.size_bytes <= LARGEST_BYTES;
}

/** Width and height of a picture that is about to be sent, so that readers' records do not move when it appears. */
export async function pictureSize(file: File): Promise<{ width: number; height: number } | undefined> {
  if (!DRAWN.has(file.type) || file.size > LARGEST_BYTES) return undefined;
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch (error) {
    if (error instanceof DOMException) return undefined; // not a picture after all: it is sent as a file
    throw error;
  }
}

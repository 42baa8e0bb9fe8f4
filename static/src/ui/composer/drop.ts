// Dropping files anywhere onto the room.

import { useEffect, useState } from "preact/hooks";

/** Whether files are being held over the room; `onFiles` gets them when they are let go. */
export function useDrop(inside: { current: HTMLElement | null }, onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const room = inside.current?.closest<HTMLElement>(".room");
    if (room === null || room === undefined) return undefined;
    const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent): void => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (!(event.relatedTarget instanceof Node) || !room.contains(event.relatedTarget)) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      if (!holdsFiles(event)) return;
      event.preventDefault();
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    room.addEventListener("dragover", onOver);
    room.addEventListener("dragleave", onLeave);
    room.addEventListener("drop", onDrop);
    return () => {
      room.removeEventListener("dragover", onOver);
      room.removeEventListener("dragleave", onLeave);
      room.removeEventListener("drop", onDrop);
    };
  }, []);
  return over;
}

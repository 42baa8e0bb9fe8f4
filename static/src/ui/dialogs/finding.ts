// Palette, shortcuts, jump to date, enlarged picture, as one piece to fetch.

export { JumpToDate } from "./jump.tsx";
export { Palette } from "./palette.tsx";
export { PictureDialog } from "./picture.tsx";
export { Shortcuts } from "./shortcuts.tsx";

// The dialogs about rooms, as one piece to fetch.

export { AddMembers } from "./add-members.tsx";
export { ArchiveRoom, LeaveRoom, RemoveMember } from "./confirmations.tsx";
export { Export } from "./export.tsx";
export { Huddle } from "./huddle.tsx";
export { NewRoom } from "./new-room.tsx";
export { RenameRoom } from "./rename-room.tsx";
export { Withdraw } from "./withdraw.tsx";

// The closed list of error codes and the status that each answers with. A test compares it with portal/wire/errors.py.

/** Code → HTTP status. */
export const HTTP_STATUS = {
  // requests
  "request.malformed": 400,
  "request.misdirected": 421,
  "request.origin": 403,
  "request.too_large": 413,
  "request.too_many": 429,
  "request.not_found": 404,
  "server.fault": 500,
  "server.busy": 503,
  // sign-in and people
  "session.required": 401,
  "session.device_required": 403,
  "session.ticket": 401,
  "signin.refused": 401,
  "signin.expired": 401,
  "invitation.unknown": 404,
  "invitation.used": 410,
  "invitation.expired": 410,
  "handle.taken": 409,
  "handle.malformed": 400,
  "account.not_found": 404,
  "account.last_administrator": 409,
  "account.emptied": 409,
  "role.required": 403,
  "delegation.not_found": 404,
  "delegation.code_taken": 409,
  "device.refused": 400,
  "device.list_moved": 409,
  "vault.version": 409,
  "vault.refused": 400,
  "key_package.refused": 400,
  "enrolment.unknown": 404,
  "enrolment.used": 409,
  // rooms
  "room.not_found": 404,
  "room.exists": 409,
  "room.archived": 409,
  "room.epoch_taken": 409,
  "room.role_required": 403,
  "record.fork": 409,
  "item.malformed": 400,
  "item.too_large": 413,
  "item.forged": 403,
  "item.sequence": 409,
  "item.conflict": 409,
  "item.stale_epoch": 409,
  "item.clock": 409,
  "commit.refused": 400,
  "grant.refused": 400,
  "welcome.none": 404,
  "aside.absent": 404,
  // drafts
  "draft.not_found": 404,
  "draft.exists": 409,
  "draft.right_required": 403,
  "draft.snapshot_taken": 409,
  "draft.countersign": 409,
  "draft.malformed": 400,
  "draft.behind": 409,
  // ledger
  "ledger.absent": 404,
  "ledger.refused": 400,
  // files
  "blob.not_found": 404,
  "blob.too_large": 413,
  "blob.chunk": 400,
  "blob.incomplete": 409,
  "storage.full": 507,
  "storage.share_full": 507,
  // what citizens said
  "moderation.moved": 409,
  "moderation.closed": 409,
  "moderation.second_person": 403,
  "hall.not_found": 404,
  "hall.moved": 409,
  "hall.refused": 409,
  "hall.poll_closed": 409,
  "hall.ticket": 403,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;
export type ErrorDetail = Record<string, string | number | boolean | null>;

/** Whether `text` is a code of the closed list. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(HTTP_STATUS, text);
}

/** An answer of the server that says no. `detail` holds numbers, limits and ids only. */
export class PortalError extends Error {
  override readonly name = "PortalError";
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
  }

  /** The HTTP status that answers with this code. */
  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }
}

// Where the parts of a document stand, and what may stand there, so that every library reads them alike. The Python
// twin is portal/member/drafts/standing.py.
//
// | in                                   | may stand                     |
// |--------------------------------------|-------------------------------|
// | a text                               | letters, formats, embedded    |
// | an element or fragment               | elements, fragments and texts |
// | under a key: of a map, of an element | one value, or one shared type |
// | anything                             | what is deleted               |
//
// No type stands in more than DEPTH_MAX others. A parent is a type, or is deleted: then what is put there is gone.

import * as Y from "yjs";

import { type Parsed, type Place, Ref, type Struct } from "./parsing.ts";

/** Deeper nesting stops programs that walk it. */
export const DEPTH_MAX = 16;
const ROOT = -1;
const TEXTS = [2, 6];
const ELEMENTS = [3, 4];
const XML_FIRST = 3;
const IN_TEXT: readonly number[] = [Ref.string, Ref.embed, Ref.format];

/** In a type of kind `within` (ROOT for a root), so many types deep, under a key or in a row; null in what is gone. */
type Standing = { within: number; depth: number; keyed: boolean } | null;

export class Standings {
  private readonly doc: Y.Doc;
  private readonly parsed: Parsed;
  private readonly found = new Map<Struct, Standing>();

  constructor(doc: Y.Doc, parsed: Parsed) {
    this.doc = doc;
    this.parsed = parsed;
  }

  /** Whether everything new may stand where it would; `placed` in the order of placing. */
  isSound(placed: readonly Struct[]): boolean {
    for (const struct of placed) {
      const standing = this.standingOf(struct);
      if (standing === "nowhere") return false;
      if (standing !== null && (standing.depth > DEPTH_MAX || !mayStand(struct, standing))) return false;
      this.found.set(struct, standing);
    }
    return true;
  }

  /** Whether it would cut a letter in two that takes two UTF-16 units: libraries do different things then. */
  cutsLetters(placed: readonly Struct[]): boolean {
    const cut = placed.some(({ origin, right }) => {
      return (origin && this.isFirstHalf(origin)) || (right && this.isFirstHalf({ ...right, clock: right.clock - 1 }));
    });
    const edges = this.parsed.deletions.flatMap(({ client, start, end }) =>
      [start, end].map((edge) => ({ client, clock: edge - 1 })),
    );
    return cut || edges.some((place) => this.isFirstHalf(place));
  }

  private standingOf(struct: Struct): Standing | "nowhere" {
    const { ref, parent, key, origin, right } = struct;
    if (ref === Ref.gone) return null;
    if (typeof parent === "string") return { within: ROOT, depth: 0, keyed: key !== null };
    if (parent !== null) return this.within(parent, key !== null);
    return this.beside((origin ?? right)!);
  }

  private within(parent: Place, keyed: boolean): Standing | "nowhere" {
    const known = this.known(parent);
    if (known) {
      if (known.deleted) return null;
      const isType =
        known instanceof Y.Item && known.content instanceof Y.ContentType && known.id.clock === parent.clock;
      return isType ? inType((known.content as Y.ContentType).type, keyed) : "nowhere";
    }
    const struct = this.fresh(parent);
    if (struct?.ref !== Ref.type) return "nowhere";
    const holder = this.found.get(struct) ?? null;
    return holder && { within: struct.kind, depth: holder.depth + 1, keyed };
  }

  private beside(place: Place): Standing {
    const known = this.known(place);
    if (!known) return this.found.get(this.fresh(place)!) ?? null;
    const type = known instanceof Y.Item ? known.parent : null;
    return type instanceof Y.AbstractType ? inType(type, (known as Y.Item).parentSub !== null) : null;
  }

  private isFirstHalf(place: Place): boolean {
    const known = this.known(place);
    if (known) {
      const text = known instanceof Y.Item && known.content instanceof Y.ContentString ? known.content.str : "";
      return isHigh(text.charCodeAt(place.clock - known.id.clock));
    }
    const struct = place.clock < 0 ? undefined : this.fresh(place);
    return struct?.ref === Ref.string && isHigh(struct.units[place.clock - struct.clock]!.charCodeAt(0));
  }

  private known({ client, clock }: Place): Y.Item | Y.GC | null {
    if (clock < 0 || clock >= Y.getState(this.doc.store, client)) return null;
    const structs = this.doc.store.clients.get(client)!;
    return structs[Y.findIndexSS(structs, clock)] as Y.Item | Y.GC;
  }

  private fresh({ client, clock }: Place): Struct | undefined {
    const structs = this.parsed.structs.get(client) ?? [];
    let [low, high] = [0, structs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (structs[middle]!.clock <= clock) low = middle;
      else high = middle - 1;
    }
    const found = structs[low];
    return found && found.clock <= clock && clock < found.clock + found.length ? found : undefined;
  }
}

function mayStand({ ref, length, kind }: Struct, { within, keyed }: NonNullable<Standing>): boolean {
  if (ref === Ref.deleted) return true;
  if (keyed) return (ref === Ref.any || ref === Ref.type) && length === 1;
  if (TEXTS.includes(within) || IN_TEXT.includes(ref)) return TEXTS.includes(within) && IN_TEXT.includes(ref);
  return (ref === Ref.type && kind >= XML_FIRST) === ELEMENTS.includes(within);
}

/** How something stands in a type of the document. */
function inType(type: Y.AbstractType<unknown>, keyed: boolean): Standing {
  if (type._item === null) return { within: ROOT, depth: 0, keyed };
  const { content } = type._item;
  const within = content instanceof Y.ContentType ? kindOf(content.type) : ROOT;
  let depth = 0;
  for (let at: Y.Item | null = type._item; at !== null; depth++) {
    if (at.deleted || !(at.parent instanceof Y.AbstractType)) return null;
    at = at.parent._item;
  }
  return { within, depth, keyed };
}

/** The number of a type's kind in the encoding. */
function kindOf(type: Y.AbstractType<unknown>): number {
  return [Y.Array, Y.Map, Y.Text, Y.XmlElement, Y.XmlFragment, Y.XmlHook, Y.XmlText].findIndex(
    (one) => type.constructor === one,
  );
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

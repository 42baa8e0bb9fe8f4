// Comments on a clause or on words of it: threads that everybody here reads, or the own delegation alone.

import { useState } from "preact/hooks";
import type { CommentAnchor, CommentView, TalkContent } from "../../member/drafts/api.ts";
import { type Id, newId } from "../../wire/ids.ts";
import { Icon } from "../icons.tsx";
import { t, tn, translator } from "../i18n.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import type { Desk } from "../draft/desk.ts";
import { type Call, useCall, useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { Moment } from "./moment.tsx";
import { type Annex, useOwnComments } from "./use-annex.ts";
import { useNegotiation } from "./use-negotiation.ts";

/** The talk that a comment belongs to: the draft's, or that of the own delegation's private notes. */
interface Place {
  room: Id;
  draft: Id;
}

type Placed = CommentView & { place: Place };

/** Everybody's comments and the own delegation's, which stand in other rooms. */
function useComments(annex: Annex): Placed[] {
  const { view } = useNegotiation();
  const own = useOwnComments(annex);
  const open = view.comments.map((each) => ({ ...each, place: { room: view.room, draft: view.draft } }));
  const closed = own.flatMap(({ desk: { room, draft }, comments }) =>
    comments.map((each) => ({ ...each, audience: "delegation" as const, place: { room, draft } })),
  );
  return [...open, ...closed].sort((a, b) => a.at_ms - b.at_ms);
}

export function CommentSection({ node, annex }: { node: Id; annex: Annex }) {
  const { may } = useNegotiation();
  const comments = useComments(annex);
  const [resolvedToo, setResolvedToo] = useState(false);
  const roots = comments.filter(({ anchor, reply }) => anchor.node === node && reply === null);
  const shown = roots.filter((comment) => resolvedToo || !comment.resolved);
  const hidden = roots.length - roots.filter(({ resolved }) => !resolved).length;
  return (
    <section class="neg-section">
      <h3>{t("negotiation.comment.title")}</h3>
      {shown.length === 0 && <p class="quiet">{t("negotiation.comment.none")}</p>}
      <ul class="neg-threads">
        {shown.map((comment) => (
          <Thread key={comment.comment} root={comment} comments={comments} />
        ))}
      </ul>
      {hidden > 0 && (
        <button
          type="button"
          class="button-link"
          aria-pressed={resolvedToo}
          onClick={() => setResolvedToo(!resolvedToo)}
        >
          {tn("negotiation.comment.resolved", hidden)}
        </button>
      )}
      {may("comment") && <NewComment key={node} node={node} desk={annex.written} />}
    </section>
  );
}

function useTalk(): { talk: (place: Place, content: TalkContent) => Promise<boolean>; call: Call } {
  const { drafts } = useNegotiation();
  const call = useCall();
  return { call, talk: ({ room, draft }, content) => call.run(() => drafts.draftTalk(room, draft, content)) };
}

function Thread({ root, comments }: { root: Placed; comments: readonly Placed[] }) {
  const { may } = useNegotiation();
  const { talk, call } = useTalk();
  const [answering, setAnswering] = useState(false);
  const replies = comments.filter(({ reply }) => reply === root.comment);
  const resolve = (): void => void talk(root.place, { t: "resolve", target: root.comment, on: !root.resolved });
  return (
    <li class="neg-thread">
      {root.anchor.quote !== "" && (
        <blockquote class="neg-quote" lang={root.anchor.lang} dir="auto">
          {root.anchor.quote}
        </blockquote>
      )}
      <Comment comment={root} />
      {replies.map((reply) => (
        <Comment key={reply.comment} comment={reply} />
      ))}
      <FailureNotice failure={call.failure} />
      {may("comment") && (
        <p class="button-row">
          <button type="button" class="button-link" onClick={() => setAnswering(!answering)}>
            {t("negotiation.comment.answer")}
          </button>
          <button type="button" class="button-link" onClick={resolve}>
            {t(root.resolved ? "negotiation.comment.unresolve" : "negotiation.comment.resolve")}
          </button>
        </p>
      )}
      {answering && (
        <CommentForm anchor={root.anchor} reply={root} places={[root.place]} onSent={() => setAnswering(false)} />
      )}
    </li>
  );
}

function Comment({ comment }: { comment: Placed }) {
  const own = useSelect((state) => me(state)?.account);
  const { talk, call } = useTalk();
  return (
    <div class="neg-comment">
      <p class="quiet">
        <Person account={comment.account} /> · <Moment at_ms={comment.at_ms} />
        {comment.edited_ms !== null && <> · {t("negotiation.comment.edited")}</>}
        {comment.sending !== "sent" && <> · {t(`negotiation.comment.${comment.sending}`)}</>}
      </p>
      {comment.audience === "delegation" && (
        <p class="neg-note">
          <Icon name="lock" size={12} /> {t("negotiation.comment.onlyDelegation")}
        </p>
      )}
      {comment.withdrawn ? (
        <p class="quiet">{t("negotiation.comment.withdrawn")}</p>
      ) : (
        <p class="neg-comment-text" lang={comment.lang} dir="auto">
          {comment.text}
        </p>
      )}
      {comment.account === own && !comment.withdrawn && (
        <button
          type="button"
          class="button-link"
          disabled={call.busy}
          onClick={() => void talk(comment.place, { t: "withdraw", target: comment.comment })}
        >
          {t("negotiation.comment.withdraw")}
        </button>
      )}
      <FailureNotice failure={call.failure} />
    </div>
  );
}

/** A new comment on the words that are marked in the text, or on the whole clause. */
function NewComment({ node, desk }: { node: Id; desk: Desk | null }) {
  const { selection, lang, view } = useNegotiation();
  const places: Place[] = [{ room: view.room, draft: view.draft }, ...(desk === null ? [] : [desk])];
  const marked = selection !== null && selection.node === node && selection.quote !== "" ? selection : null;
  return <CommentForm anchor={marked ?? { node, lang, quote: "" }} reply={null} places={places} />;
}

interface CommentFormProps {
  anchor: CommentAnchor;
  reply: CommentView | null;
  /** Where it can go: for everybody, and for the own delegation if that has begun private notes. */
  places: readonly Place[];
  onSent?: () => void;
}

function CommentForm({ anchor, reply, places, onSent }: CommentFormProps) {
  const { talk, call } = useTalk();
  const [text, setText] = useState("");
  const [chosen, choose] = useState(0);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const place = places[chosen] ?? places[0];
    if (text.trim() === "" || place === undefined) return;
    const words = { text: text.trim(), lang: translator().lang, audience: "room" as const }; // of the place's own room
    const answer = reply === null ? {} : { reply: reply.comment };
    if (!(await talk(place, { t: "comment", comment: newId(), anchor, ...words, ...answer }))) return;
    setText("");
    onSent?.();
  };
  const label = t(reply === null ? "negotiation.comment.write" : "negotiation.comment.writeAnswer");
  return (
    <form class="neg-comment-form" onSubmit={(event) => void send(event)}>
      {reply === null && anchor.quote !== "" && (
        <blockquote class="neg-quote" lang={anchor.lang} dir="auto">
          {anchor.quote}
        </blockquote>
      )}
      <textarea
        aria-label={label}
        placeholder={label}
        rows={2}
        dir="auto"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="button-row">
        {places.length > 1 && (
          <select
            aria-label={t("negotiation.comment.audience")}
            value={chosen}
            onChange={(event) => choose(Number(event.currentTarget.value))}
          >
            <option value={0}>{t("negotiation.comment.toRoom")}</option>
            <option value={1}>{t("negotiation.comment.toDelegation")}</option>
          </select>
        )}
        <button type="submit" class="button-small" disabled={text.trim() === "" || call.busy}>
          {t("negotiation.comment.send")}
        </button>
      </div>
      <FailureNotice failure={call.failure} />
    </form>
  );
}

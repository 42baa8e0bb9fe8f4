// Connecting an interpreter: the code that its program shows, what it is to be called and for whom it translates,
// and then the room that it is wanted in.

import { useEffect, useState } from "preact/hooks";
import type { Id, InterpreterCard } from "../../member/api.ts";
import { LanguagesField } from "../entry/languages-field.tsx";
import { t } from "../i18n.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { DigitGroups } from "../parts/digit-groups.tsx";
import { TextField } from "../parts/field.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useCall, usePortal, useSelect } from "../portal.ts";
import { roomName } from "../room/naming.ts";
import { mayManage } from "../room/rights.ts";
import { me } from "../state.ts";
import { type CodeProblem, codeProblem, groupedCode } from "./interpreter-code.ts";

const LONGEST_NAME = 120;
/** Where the program keeps its keys, unless the person who starts it says otherwise. */
const FOLDER = "interpreter";
/** How often to look whether the program has made its account, and how long. */
const LOOK_MS = 2000;
const PATIENCE_MS = 60_000;

interface Found {
  code: string;
  machine: string;
  digits: string;
}

type Step = { at: "code" } | { at: "check"; found: Found } | { at: "done"; account: Id; name: string };

export function ConnectInterpreter() {
  const [step, setStep] = useState<Step>({ at: "code" });
  if (step.at === "code") return <EnterCode onFound={(found) => setStep({ at: "check", found })} />;
  if (step.at === "done") return <Approved {...step} onAnother={() => setStep({ at: "code" })} />;
  return (
    <Check
      found={step.found}
      onBack={() => setStep({ at: "code" })}
      onDone={(account, name) => setStep({ at: "done", account, name })}
    />
  );
}

function problemWords(problem: CodeProblem): string {
  if (problem.kind === "character") return t("connect.codeCharacter", { character: problem.character });
  return t("connect.codeLength", { count: problem.count });
}

function EnterCode({ onFound }: { onFound: (found: Found) => void }) {
  const { api } = usePortal();
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState<CodeProblem | null>(null);
  const call = useCall();
  const look = (event: Event): void => {
    event.preventDefault();
    const problem = codeProblem(typed);
    setRefused(problem);
    if (problem !== null) return;
    const code = groupedCode(typed);
    void call.run(async () => onFound({ code, ...(await api.lookEnrolment(code)) }));
  };
  return (
    <form class="form" onSubmit={look} noValidate>
      <div class="field">
        <p>{t("connect.start")}</p>
        <Command text={`portal interpreter enroll --portal ${location.origin} --data ${FOLDER}`} />
      </div>
      <TextField
        label={t("connect.code")}
        hint={t("connect.codeHint")}
        error={refused === null ? null : problemWords(refused)}
        value={typed}
        onInput={(text) => {
          setTyped(text);
          setRefused(null);
          call.clear();
        }}
        maxLength={60}
        required
        code
      />
      <FailureNotice failure={call.failure} />
      <div class="button-row">
        <button type="submit" class="button-primary" disabled={call.busy || typed.trim() === ""}>
          {call.busy ? t("state.working") : t("action.next")}
        </button>
      </div>
    </form>
  );
}

/** A command for the machine that translates; an option stays on one line with its hyphens. */
function Command({ text }: { text: string }) {
  return (
    <>
      <pre class="code command" dir="ltr">
        {text.split(/(?= )/).map((word, index) => (
          <span key={index}>{word}</span>
        ))}
      </pre>
      <CopyButton text={text} label={t("connect.copy")} />
    </>
  );
}

interface CheckProps {
  found: Found;
  onBack: () => void;
  onDone: (account: Id, name: string) => void;
}

function Check({ found, onBack, onDone }: CheckProps) {
  const { api } = usePortal();
  const own = useSelect(me);
  const delegation = own?.delegation?.name ?? "";
  const [name, setName] = useState(() => t("connect.defaultName", { code: own?.delegation?.code ?? "" }));
  const [languages, setLanguages] = useState(own?.languages ?? ["en"]);
  const [audience, setAudience] = useState<InterpreterCard["for"]>("room");
  const call = useCall();
  const approve = (event: Event): void => {
    event.preventDefault();
    const wish = { name: name.trim(), languages, for: audience };
    void call.run(async () => onDone(await api.approveEnrolment(found.code, wish), wish.name));
  };
  return (
    <form class="form" onSubmit={approve}>
      <dl class="facts">
        <div>
          <dt>{t("connect.machine")}</dt>
          <dd>
            <bdi>{found.machine}</bdi>
          </dd>
        </div>
        <div>
          <dt>{t("connect.code")}</dt>
          <dd class="code" dir="ltr">
            {found.code}
          </dd>
        </div>
      </dl>
      <div class="field">
        <p>{t("connect.compare")}</p>
        <DigitGroups digits={found.digits} label={t("connect.digits")} />
      </div>
      <TextField
        label={t("connect.name")}
        hint={t("connect.nameHint")}
        value={name}
        onInput={setName}
        maxLength={LONGEST_NAME}
        required
      />
      <LanguagesField
        other={{ label: t("connect.languages"), hint: t("connect.languagesHint") }}
        value={languages}
        onChange={setLanguages}
      />
      <AudienceField value={audience} onChange={setAudience} delegation={delegation} />
      <Notice tone="info">{t("connect.answer")}</Notice>
      <FailureNotice failure={call.failure} />
      <div class="button-row">
        <button type="button" onClick={onBack}>
          {t("action.back")}
        </button>
        <button type="submit" class="button-primary" disabled={call.busy || name.trim() === ""}>
          {call.busy ? t("state.working") : t("connect.approve")}
        </button>
      </div>
    </form>
  );
}

interface AudienceFieldProps {
  value: InterpreterCard["for"];
  onChange: (audience: InterpreterCard["for"]) => void;
  delegation: string;
}

function AudienceField({ value, onChange, delegation }: AudienceFieldProps) {
  return (
    <fieldset class="field">
      <legend>{t("connect.audience")}</legend>
      {(["room", "delegation"] as const).map((audience) => (
        <label key={audience} class="check">
          <input type="radio" name="audience" checked={value === audience} onChange={() => onChange(audience)} />
          <span>
            <span class="choice-name">{t(`connect.audience.${audience}`, { delegation })}</span>
            <span class="choice-hint">{t(`connect.audienceHint.${audience}`, { delegation })}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** The program makes its account by itself; once it is there, it can be added to a room. */
function Approved({ account, name, onAnother }: { account: Id; name: string; onAnother: () => void }) {
  const { session } = usePortal();
  const there = useSelect((state) => state.people.has(account));
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (there) return undefined;
    const look = setInterval(() => void session.refreshPeople(), LOOK_MS);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => {
      clearInterval(look);
      clearTimeout(timer);
    };
  }, [there]);
  return (
    <div class="form">
      {there ? (
        <Notice tone="done" alert title={t("connect.readyTitle", { name })}>
          {t("connect.readyText")}
        </Notice>
      ) : (
        <Notice tone={late ? "warning" : "info"} alert title={t("connect.approvedTitle", { name })}>
          {t(late ? "connect.lateText" : "connect.approvedText")}
        </Notice>
      )}
      {there && (
        <ol class="steps">
          <li>
            <p>{t("connect.stepRun")}</p>
            <Command text={`portal interpreter run --data ${FOLDER}`} />
          </li>
          <li>
            <p>{t("connect.stepAdd")}</p>
            <AddToRoom account={account} name={name} />
          </li>
        </ol>
      )}
      <div class="button-row">
        <button type="button" onClick={onAnother}>
          {t("connect.another")}
        </button>
      </div>
    </div>
  );
}

function AddToRoom({ account, name }: { account: Id; name: string }) {
  const { api, session } = usePortal();
  const rooms = useSelect((state) => state.rooms) ?? [];
  const open = rooms.filter((room) => mayManage(room) && room.state === "active" && !room.members.includes(account));
  const [chosen, setChosen] = useState<Id>("");
  const call = useCall();
  if (open.length === 0) return <p>{t("connect.noRoom")}</p>;
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!(await call.run(() => api.addMembers(chosen, [account])))) return;
    session.toast("done", t("connect.added", { name }));
    session.go({ screen: "room", room: chosen, panel: "members" });
  };
  return (
    <form class="inline-form" onSubmit={(event) => void add(event)}>
      <select
        aria-label={t("connect.room")}
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        <option value="">{t("connect.room")}</option>
        {open.map((room) => (
          <option key={room.room} value={room.room}>
            {roomName(room)}
          </option>
        ))}
      </select>
      <button type="submit" class="button-primary" disabled={chosen === "" || call.busy}>
        {call.busy ? t("state.working") : t("addMembers.submit")}
      </button>
      <FailureNotice failure={call.failure} />
    </form>
  );
}

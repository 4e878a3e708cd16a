/** The chat: a panel with the lines and a field to write, and a number for those not yet read. */

import { BehaviorSubject, filter, throttleTime } from "rxjs";
import { addCompose } from "../chat/compose.js";
import { ChatLog } from "../chat/log.js";
import { tellRefusal } from "../refused.js";
import type { Context, System } from "../system.js";
import { onKey } from "../ui/keys.js";
import type { Said } from "../wire.gen.js";
import { chatItems } from "../wrist_pages.js";

/** The colour of somebody of whom nothing is known. */
const GREY = "#808080";
/** Letters of a line in a message on the picture. */
const SHORT = 80;
/** Lines that are kept for the wrist. */
const NEWEST = 10;
/** Milliseconds from one such message to the next, at least. */
const MESSAGES_EVERY = 400;

export const chat: System = (context) => {
  const { page, shared, wire, ui } = context;
  const say = (text: string): Promise<unknown> => wire.push("say", { text });
  const $items = chatItems(newestLines(context), (text) => tellRefusal(ui, say(text), "The line was not sent."));
  const panel = ui.addPanel({ title: "Chat", icon: "chat", $items });
  const colorOf = (userId: string): string => shared.$people.value.get(userId)?.color ?? GREY;
  const log = new ChatLog(panel.body, { userId: page.userId, colorOf, remove: (id) => tellRefusal(ui, wire.push("unsay", { id }), "The line stays.") });
  const focus = addCompose(panel.body, say);

  let unread = 0;
  const count = (more: number): void => {
    unread = panel.$open.value ? 0 : unread + more;
    panel.count(unread);
  };
  panel.$open.pipe(filter(Boolean)).subscribe(() => {
    count(0);
    log.scrollToEnd();
    focus();
  });
  onKey("Enter", panel.open);

  const $others = wire.on("said").pipe(filter(({ user_id }) => user_id !== page.userId));
  wire.on("said").subscribe((line) => log.add(line));
  $others.subscribe(({ user_id }) => {
    count(1);
    shared.$sound.next({ name: "line", userId: user_id });
  });
  $others.pipe(throttleTime(MESSAGES_EVERY)).subscribe((line) => {
    if (!panel.$open.value) ui.toast({ text: shortened(line), color: colorOf(line.user_id) });
  });
  let joined = false;
  wire.on("chat").subscribe(({ lines }) => {
    // after a lost connection: those that were said meanwhile
    if (joined) count(lines.filter(({ id, user_id }) => user_id !== page.userId && !log.has(id)).length);
    joined = true;
    log.replace(lines);
  });
  wire.on("unsaid").subscribe(({ id }) => log.remove(id));
  shared.$people.subscribe((people) => {
    const role = people.get(page.userId)?.role;
    log.moderate(role === "owner" || role === "moderator");
  });
};

function shortened({ name, text }: Said): string {
  const line = text.replaceAll(/\s+/g, " ");
  return `${name}: ${line.length > SHORT ? `${line.slice(0, SHORT)}…` : line}`;
}

/** The end of the chat, for the wrist. */
function newestLines({ wire }: Context): BehaviorSubject<readonly Said[]> {
  const $lines = new BehaviorSubject<readonly Said[]>([]);
  const keep = (lines: readonly Said[]): void => $lines.next(lines.slice(-NEWEST));
  wire.on("chat").subscribe(({ lines }) => keep(lines));
  wire.on("said").subscribe((line) => keep([...$lines.value, line]));
  wire.on("unsaid").subscribe(({ id }) => keep($lines.value.filter((line) => line.id !== id)));
  return $lines;
}

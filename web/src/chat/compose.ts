/** The field in which one writes a line. A line that is refused stays in it, with the reason. */

import { add } from "../ui/dom.js";
import { Refusal } from "../wire.js";
import { refusedText } from "../refused.js";

/** Letters of a line, at most. */
const LONGEST = 500;

/** Add the field. `send` rejects with a `Refusal` if the line was not said. Returns its focus. */
export function addCompose(parent: HTMLElement, send: (text: string) => Promise<unknown>): () => void {
  const form = add(parent, "form", "compose");
  const problem = add(form, "p", "problem");
  problem.setAttribute("role", "alert");
  const field = add(form, "textarea", "field");
  Object.assign(field, { rows: 1, maxLength: LONGEST, placeholder: "Write a line", enterKeyHint: "send", dir: "auto" });
  field.setAttribute("aria-label", "Your line");
  const button = add(form, "button", "send", "Send");
  let sending = false;
  const submit = async (): Promise<void> => {
    const text = field.value.trim();
    if (sending || text === "") return;
    sending = field.readOnly = true;
    problem.textContent = "";
    try {
      await send(text);
      field.value = "";
      fit();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problem.textContent = refusedText(error);
    } finally {
      sending = field.readOnly = false;
    }
  };
  const fit = (): void => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };
  button.type = "submit";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    // while an input method is composing, Enter is its own
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void submit();
  });
  field.addEventListener("input", () => {
    problem.textContent = "";
    fit();
  });
  return () => field.focus();
}

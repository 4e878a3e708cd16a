/** The clipboard, where the browser gives it. */

/** Whether the text is in the clipboard now: browsers refuse it on plain http. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

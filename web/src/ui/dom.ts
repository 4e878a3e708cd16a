/** The one way in which elements are made. */

/** Append a new element to `parent`. */
export function add<Tag extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: Tag,
  className: string,
  text = "",
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

/** Append a button that shows no words of its own: `label` is read aloud, `title` is shown under the mouse. */
export function addIconButton(parent: HTMLElement, className: string, label: string, title = label): HTMLButtonElement {
  const button = add(parent, "button", className);
  button.type = "button";
  button.setAttribute("aria-label", label);
  button.setAttribute("title", title);
  return button;
}

/** Append a picture of lines, an SVG path in a square of 24. The words for it stand elsewhere. */
export function addPicture(parent: HTMLElement, path: string): void {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("class", "picture");
  picture.setAttribute("aria-hidden", "true");
  const lines = document.createElementNS("http://www.w3.org/2000/svg", "path");
  lines.setAttribute("d", path);
  picture.append(lines);
  parent.append(picture);
}

/** As much of a document as the `ui` uses: elements with text, classes, attributes and events. */

export class FakeElement extends EventTarget {
  readonly tag: string;
  className = "";
  hidden = false;
  disabled = false;
  href = "";
  tabIndex = -1;
  readonly attributes = new Map<string, string>();
  readonly style = { setProperty: (name: string, value: string) => this.attributes.set(name, value) };
  #nodes: (FakeElement | string)[] = [];
  #parent: FakeElement | undefined;

  constructor(tag: string) {
    super();
    this.tag = tag;
  }

  get children(): FakeElement[] {
    return this.#nodes.filter((node) => node instanceof FakeElement);
  }

  get firstElementChild(): FakeElement | undefined {
    return this.children[0];
  }

  get textContent(): string {
    return this.#nodes.map((node) => (typeof node === "string" ? node : node.textContent)).join("");
  }

  set textContent(text: string) {
    this.#nodes = text === "" ? [] : [text];
  }

  append(node: FakeElement | string): void {
    if (node instanceof FakeElement) node.#parent = this;
    this.#nodes.push(node);
  }

  remove(): void {
    const parent = this.#parent;
    if (parent) parent.#nodes = parent.#nodes.filter((node) => node !== this);
  }

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }

  getAttribute(name: string): string | null {
    return this.attributes.get(name) ?? null;
  }

  toggleAttribute(name: string, on: boolean): void {
    if (on) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }

  removeAttribute(name: string): void {
    this.attributes.delete(name);
  }

  get isConnected(): boolean {
    return this.#parent?.children.includes(this) ?? false;
  }

  focus(): void {
    FakeElement.focused = this;
  }

  click(): void {
    if (!this.disabled) this.dispatchEvent(new Event("click"));
  }

  /** The elements inside with this class, in order. */
  find(className: string): FakeElement[] {
    return this.children.flatMap((child) => [
      ...(child.className === className ? [child] : []),
      ...child.find(className),
    ]);
  }

  /** The one element inside with this class. */
  the(className: string): FakeElement {
    const [element, ...more] = this.find(className);
    if (!element || more.length > 0) throw new Error(`not one .${className}`);
    return element;
  }

  /** The element that has the keyboard. */
  static focused: FakeElement | undefined;
}

/** It stands for `document`. */
export const createDocument = (): object =>
  Object.assign(new EventTarget(), {
    createElement: (tag: string) => new FakeElement(tag),
    createElementNS: (_: string, tag: string) => new FakeElement(tag),
  });

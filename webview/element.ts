/** Makes an element. Text children become text nodes: nothing on this page is ever parsed as HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes?: Readonly<Record<string, string>>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag];
export function element(
  tag: string,
  attributes?: Readonly<Record<string, string>>,
  ...children: (Node | string)[]
): HTMLElement;
export function element(
  tag: string,
  attributes: Readonly<Record<string, string>> = {},
  ...children: (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets the text of an element unless it says so already, so that selections and screen readers are left alone. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute unless it is so already, or takes it away for null. */
export function setAttribute(target: HTMLElement, name: string, value: string | null): void {
  if (target.getAttribute(name) === value) return;
  if (value === null) target.removeAttribute(name);
  else target.setAttribute(name, value);
}

/** Hides an element or shows it. Saying so again would be a change too, for whoever watches the page. */
export function setHidden(target: HTMLElement, isHidden: boolean): void {
  if (target.hidden !== isHidden) target.hidden = isHidden;
}

/** The same for what may have the focus: it then goes to the section around it instead of to the top of the page. */
export function setHiddenKeepingFocus(target: HTMLElement, isHidden: boolean): void {
  const hadFocus = isHidden && target.contains(document.activeElement);
  setHidden(target, isHidden);
  const section = hadFocus ? target.closest('section') : null;
  if (!section) return;
  // From code only: nobody is to pass through sections with the Tab key.
  section.tabIndex = -1;
  section.focus({ preventScroll: true });
}

let lastId = 0;

/** An id that no other element of the page has, for those that name or describe one another. */
export function freshId(): string {
  lastId += 1;
  return `part-${lastId}`;
}

/** One of several like elements, which stays the same element for as long as what it shows exists. */
export interface KeyedChild<T> {
  readonly root: HTMLElement;
  update(value: T): void;
}

/**
 * Keeps the children of an element in step with a list: those that stay are brought up to date and are moved only when
 * they are out of place, since moving takes the focus away. A focus that was in a child stays there, or goes to the child
 * that is now in the same place, or to the nearest focusable ancestor when none is left.
 * @param head a child that stays before all of them
 */
export function createKeyedChildren<T>(
  parent: HTMLElement,
  keyOf: (value: T) => string,
  create: (value: T) => KeyedChild<T>,
  head: Element | null = null,
): (values: readonly T[]) => void {
  let children = new Map<string, KeyedChild<T>>();
  return (values) => {
    const focused = document.activeElement;
    const place = [...children.values()].findIndex(({ root }) => root.contains(focused));
    const next = new Map<string, KeyedChild<T>>();
    for (const value of values) {
      const key = unusedKey(next, keyOf(value));
      const child = children.get(key) ?? create(value);
      next.set(key, child);
      child.update(value);
    }
    for (const [key, { root }] of children) if (!next.has(key)) root.remove();
    let last = head;
    for (const { root } of next.values()) {
      const expected: Element | null = last ? last.nextElementSibling : parent.firstElementChild;
      if (expected !== root) parent.insertBefore(root, expected);
      last = root;
    }
    children = next;
    if (place >= 0) keepFocus(parent, [...next.values()], focused, place);
  };
}

/** Two values may have the same key: two events of one endpoint in one millisecond. */
function unusedKey(taken: ReadonlyMap<string, unknown>, key: string): string {
  if (!taken.has(key)) return key;
  for (let number = 2; ; number += 1) {
    const other = `${key} ${number}`;
    if (!taken.has(other)) return other;
  }
}

const focusable = 'button, vscode-button, select, [tabindex="0"]';

function keepFocus(
  parent: HTMLElement,
  children: readonly KeyedChild<never>[],
  focused: Element | null,
  place: number,
): void {
  if (document.activeElement === focused) return;
  if (focused instanceof HTMLElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
    return;
  }
  const neighbour = children[Math.min(place, children.length - 1)];
  const target = neighbour?.root.querySelector(focusable) ?? parent.closest(focusable);
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
}

import type { Node } from 'jsonc-parser';

/*
 * Changes of single properties of an object in a JSON text that belongs to somebody else. Not a byte changes that need not:
 * indentation, order, comments and trailing commas stay, and taking out what was put in leaves the text as it was.
 * Libraries that edit JSON take comments beside a removed property away with it.
 */

/** An object of a text, as `jsonc-parser` finds it. */
export type ObjectNode = Node;

/** The value of a property, as a node of the text. */
export function valueNode(object: ObjectNode, key: string): Node | undefined {
  return propertyNode(object, key)?.children?.[1];
}

/** The text with a property set; a new one comes last. @param raw the value as JSON */
export function withProperty(text: string, object: ObjectNode, key: string, raw: string): string {
  const present = valueNode(object, key);
  if (present) return splice(text, present.offset, endOf(present), raw);
  const property = `${JSON.stringify(key)}: ${raw}`;
  return object.children?.length ? append(text, object, property) : fill(text, object, property);
}

/** The text without a property. Comments stay. */
export function withoutProperty(text: string, object: ObjectNode, key: string): string {
  const property = propertyNode(object, key);
  if (!property) return text;
  const siblings = object.children ?? [];
  const index = siblings.indexOf(property);
  const next = siblings[index + 1]?.offset ?? closingBrace(object);
  const after = gapBetween(text, endOf(property), next);
  const previous = siblings[index - 1];
  // One comma goes with it: the one behind it, or, if it is the last one, the one before.
  const comma = after.comma ?? (previous && gapBetween(text, endOf(previous), property.offset).comma);
  const rest = text.slice(endOf(property), closingBrace(object) + 1);
  const spaceStart = startWithSpace(text, property.offset);
  // What follows a comment to the end of its line needs a line of its own.
  const keepsLine = endsInLineComment(text, object, spaceStart) && !/^[ \t]*,?[ \t]*\r?\n/.test(rest);
  const start = keepsLine ? property.offset : spaceStart;
  const cut = splice(text, start, endOf(property), '');
  const moved = cut.length - text.length;
  if (comma !== undefined) {
    const at = comma > start ? comma + moved : comma;
    return tidied(splice(cut, at, at + 1, ''), object, moved - 1);
  }
  return tidied(cut, object, moved);
}

/** How a line ends in this text. */
const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const endOf = ({ offset, length }: Node): number => offset + length;
const closingBrace = (object: ObjectNode): number => endOf(object) - 1;
const isRoot = (object: ObjectNode): boolean => object.parent === undefined;

function propertyNode(object: ObjectNode, key: string): Node | undefined {
  return object.children?.find((property) => property.children?.[0]?.value === key);
}

const splice = (text: string, from: number, to: number, by: string): string =>
  text.slice(0, from) + by + text.slice(to);

/** What lies between two properties, or behind the last one: white space, comments and at most one comma. */
interface Gap {
  readonly comma: number | undefined;
  /** Where the last comma or comment ends; the start when there is none. */
  readonly end: number;
}

function gapBetween(text: string, from: number, to: number): Gap {
  let comma: number | undefined;
  let end = from;
  for (const match of text.slice(from, to).matchAll(/\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g)) {
    end = from + match.index + match[0].length;
    if (match[0] === ',') comma = from + match.index;
  }
  return { comma, end };
}

/** Adds a property behind the last one, written as the others are. */
function append(text: string, object: ObjectNode, property: string): string {
  const last = object.children?.at(-1) as Node;
  const gap = gapBetween(text, endOf(last), closingBrace(object));
  const isOnLines = text.slice(object.offset, endOf(object)).includes('\n');
  const indent = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, last.offset))?.[1];
  const before = isOnLines ? eolOf(text) + (indent ?? indentIn(text, object)) : ' ';
  const hasTrailingComma = gap.comma !== undefined;
  const added = splice(text, gap.end, gap.end, `${before}${property}${hasTrailingComma ? ',' : ''}`);
  return hasTrailingComma ? added : splice(added, endOf(last), endOf(last), ',');
}

/** Adds the first property. */
function fill(text: string, object: ObjectNode, property: string): string {
  const close = closingBrace(object);
  const inside = text.slice(object.offset + 1, close);
  const isOnLines = inside.trim() === '' ? text.includes('\n') || isRoot(object) : inside.includes('\n');
  const { end } = gapBetween(text, object.offset + 1, close);
  if (!isOnLines) return splice(text, end, end, (inside.trim() === '' ? '' : ' ') + property);
  const eol = eolOf(text);
  const tail = text.slice(end, close).includes('\n') ? '' : eol + outerIndent(text, object);
  return splice(text, end, end, `${eol}${indentIn(text, object)}${property}${tail}`);
}

/** The indentation of the line that an object begins in. */
function outerIndent(text: string, object: ObjectNode): string {
  const line = text.slice(0, object.offset).split('\n').at(-1) ?? '';
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** How properties of an object are indented when it has none to go by. */
function indentIn(text: string, object: ObjectNode): string {
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return outerIndent(text, object) + unit;
}

/** Where the white space before a place begins. */
function startWithSpace(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length;
}

/** Whether a comment that lasts to the end of its line is the last thing before a place in an object. */
function endsInLineComment(text: string, object: ObjectNode, place: number): boolean {
  const before = [...(object.children ?? [])].reverse().find((property) => endOf(property) <= place);
  const from = before ? endOf(before) : object.offset + 1;
  const comments = [...text.slice(from, place).matchAll(/\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g)];
  const last = comments.at(-1);
  return last?.[0].startsWith('//') === true && from + last.index + last[0].length === place;
}

/** An object that nothing is left in is written without a gap. @param moved by how much its end has moved */
function tidied(text: string, object: ObjectNode, moved: number): string {
  const close = closingBrace(object) + moved;
  return /^\s*$/.test(text.slice(object.offset + 1, close))
    ? splice(text, object.offset + 1, close, '')
    : text;
}

/*
 * What a check asks, and what counts as the answer. One check costs less than 50 tokens: about 24 of input (8 of the
 * message's frame, 4 of the words, at most 8 of the code, and what newer tokenizers make of them), and 16 of output.
 */

/** Letters and digits that are not taken for one another; without vowels no code is a word. */
export const codeSymbols = 'CDFGHJKMNPQRTVWXY34679';
export const codeLength = 8;
/** Room for a code of one token a symbol, and for quotation marks. */
export const maxAnswerTokens = 16;
/** Input of a check whose endpoint does not count. */
export const estimatedInputTokens = 24;

/** A code that nobody can know beforehand: one of 5 · 10¹⁰. @param random from 0 up to 1 */
export function newCheckCode(random: () => number): string {
  return Array.from({ length: codeLength }, () => {
    return codeSymbols.charAt(Math.floor(random() * codeSymbols.length));
  }).join('');
}

/** The body of a check. It is streamed, as traffic is. @param model as the endpoint calls it */
export function checkRequest(model: string, code: string): object {
  return {
    model,
    max_tokens: maxAnswerTokens,
    stream: true,
    ...withoutThinking(model),
    messages: [{ role: 'user', content: `Reply with only: ${code}` }],
  };
}

/**
 * How to ask a model to answer without thinking, which would take up the few tokens that it has
 * (https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting): `disabled` is taken by all but those
 * that have another word for it, and those that always think and can only be asked to think little.
 */
function withoutThinking(model: string): object {
  if (/sonnet-5[-.]5(?!\d)/i.test(model)) return { thinking: { type: 'between_tools' } };
  if (/opus-5[-.]5(?!\d)|fable|mythos/i.test(model)) return { output_config: { effort: 'low' } };
  return { thinking: { type: 'disabled' } };
}

/** A longer text is no answer to what was asked, in characters. */
const maxEchoLength = 8 * codeLength;

/** What a text is to a code that was asked for. */
export type Echo =
  | 'code'
  /** Nothing that speaks against it has come yet; also nothing at all. */
  | 'beginning'
  | 'other';

/**
 * Compares an answer with the code. It has to be the code alone, but for marks before and after it (quotes, a full
 * stop, Markdown, in any script). So neither an answer that repeats the question passes, nor one that holds codes in
 * store, nor an error that quotes the request.
 */
export function echoOf(text: string, code: string): Echo {
  if (text.length > maxEchoLength) return 'other';
  const bare = text.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '');
  if (bare === code) return 'code';
  return code.startsWith(bare) ? 'beginning' : 'other';
}

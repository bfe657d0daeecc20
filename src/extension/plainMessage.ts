/**
 * A user's text for a notification, which makes links, to commands too, of `[text](address)`: a space without width
 * between the brackets leaves it as it was typed.
 */
export const plainMessage = (text: string): string => text.replaceAll('](', ']\u200b(');

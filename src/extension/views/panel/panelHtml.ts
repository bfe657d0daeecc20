/** What the page of the metrics panel is made of, apart from its bundle. */
export interface PanelPage {
  /** Unguessable and new for each page: only what carries it is loaded. */
  readonly nonce: string;
  readonly scriptUrl: string;
  readonly styleUrl: string;
  /** BCP 47 tag: the page formats numbers and times by it, screen readers choose their voice by it. */
  readonly language: string;
}

/**
 * The page of the metrics panel. The policy allows the one script and the one style sheet that carry the nonce and
 * nothing else: no inline code, no image, no font, no request. Shared with the tests, which load the same page.
 *
 * The toolkit asks `csp-nonce` for the nonce of an empty style element in which it tries what the browser supports.
 */
export function panelHtml({ nonce, scriptUrl, styleUrl, language }: PanelPage): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(policy)}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" nonce="${nonce}" href="${escapeAttribute(styleUrl)}">
</head>
<body>
<script nonce="${nonce}" src="${escapeAttribute(scriptUrl)}"></script>
</body>
</html>
`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

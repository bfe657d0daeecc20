/**
 * The one platform global that the core uses: the WHATWG URL parser, the same in Node, browsers and workers.
 * Declared here by hand so that no DOM or Node type, and with it no other global, becomes visible to the core.
 */
declare class URL {
  constructor(url: string, base?: string);
  readonly href: string;
  readonly origin: string;
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}

/** Set by the bundler from package.json. */
declare const QCC_VERSION: string | undefined;

/** The version of this build; run from source, without the bundler, it has none. */
export const version: string = typeof QCC_VERSION === 'string' ? QCC_VERSION : '0.0.0-source';

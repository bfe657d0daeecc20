import type { Configuration } from '../../../core/configuration.ts';

/** What somebody is called who is known by an id only. */
export interface NameWords {
  /** An endpoint whose name another profile uses too. */
  ofProfile(name: string, profile: string): string;
  /** One that is configured no longer. @param id its beginning */
  removed(id: string): string;
}

/** So much of an id tells one removed endpoint from another. */
const shownOfId = 8;

/** The names of endpoints and profiles of a configuration, by id. */
export class KnownNames {
  readonly #endpoints = new Map<string, string>();
  readonly #profiles: ReadonlyMap<string, string>;
  readonly #words: NameWords;

  constructor({ profiles }: Pick<Configuration, 'profiles'>, words: NameWords) {
    this.#words = words;
    this.#profiles = new Map(profiles.map(({ id, name }) => [id, name]));
    const uses = new Map<string, number>();
    for (const { endpoints } of profiles) {
      for (const { name } of endpoints) uses.set(name, (uses.get(name) ?? 0) + 1);
    }
    for (const profile of profiles) {
      for (const { id, name } of profile.endpoints) {
        const isShared = (uses.get(name) ?? 0) > 1;
        this.#endpoints.set(id, isShared ? words.ofProfile(name, profile.name) : name);
      }
    }
  }

  /** What an endpoint is called, so that it is not mistaken for another one. */
  endpoint(id: string): string {
    return this.#endpoints.get(id) ?? this.#words.removed(id.slice(0, shownOfId));
  }

  profile(id: string): string | undefined {
    return this.#profiles.get(id);
  }
}

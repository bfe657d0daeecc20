/** Why another profile serves. */
export type SwitchReason = 'manual' | 'failover' | 'recovery';

/** A change of the profile that serves. */
export interface ProfileSwitch {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Ids of profiles, or null for none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Their names then: profiles can be renamed and removed. */
  readonly fromName: string | null;
  readonly toName: string | null;
  readonly reason: SwitchReason;
}

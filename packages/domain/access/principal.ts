/** Users sign in; service accounts have tokens only; groups hold roles and grants for their members. */
export type PrincipalKind = 'user' | 'service' | 'group'

export interface PrincipalDetails {
  /** What MLflow's API calls the id of a user. Never reused. */
  readonly key: number
  readonly kind: PrincipalKind
  readonly name: string
  readonly displayName: string
  readonly email: string
  /** May do everything in every workspace; always false for service accounts and groups. */
  readonly isAdmin: boolean
  /** The workspace that a service account belongs to. */
  readonly homeWorkspace: string | null
  /** Signs in with a password, by sign-on, or both; a service account by neither. */
  readonly hasPassword: boolean
  readonly identities: readonly { readonly issuer: string; readonly email: string }[]
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly createdBy: string
  /** Null: not disabled. */
  readonly disabledAt: number | null
  /** To the hour; null: never. */
  readonly lastSeenAt: number | null
}

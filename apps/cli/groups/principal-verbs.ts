import { command } from '../command.ts'

/*
 * Users and service accounts are managed alike. Passwords are read from the terminal or from stdin: what stands in a
 * command is seen by everybody on the machine.
 */

export type PrincipalKind = 'user' | 'service' | 'group'

export const PRINCIPAL_COLUMNS = [
  { title: 'Name', path: 'name' },
  { title: 'Shown as', path: 'display_name' },
  { title: 'E-mail', path: 'email' },
  { title: 'Administrator', path: 'is_admin' },
  { title: 'Last seen', path: 'last_seen_timestamp', as: 'time' },
  { title: 'Disabled', path: 'disabled_timestamp', as: 'time' },
] as const

export const KIND = {
  value: 'text',
  choices: ['user', 'service', 'group'],
  says: 'Of an account of programs or a group; user if not given.',
} as const

export const NAME = { name: { says: 'Name of the account.' } } as const

export const setDisabled = (verb: 'disable' | 'enable', disabled: boolean, summary: string) =>
  command({
    name: verb,
    summary,
    args: NAME,
    options: { kind: KIND },
    examples: [
      { line: `user ${verb} bob`, says: disabled ? 'Ends sessions and tokens; rights stay.' : 'As before.' },
    ],
    async run({ orrery, signal }, { name, kind = 'user' }) {
      const asked = { kind: kind as PrincipalKind, name, disabled }
      return (await (await orrery()).principals.update(asked, { signal })).principal
    },
  })

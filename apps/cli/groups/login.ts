import { command, group } from '../command.ts'
import { signIn } from '../config/sign-in.ts'

const login = command({
  name: 'login',
  summary: 'Signs in to a server and keeps a token for it, for this program, the Python package and MLflow.',
  args: {
    url: {
      says: 'Address of the server; may end in /workspaces/NAME. That of the profile if not given.',
      optional: true,
    },
  },
  options: {
    user: { value: 'text', shown: 'NAME', says: 'Signs in with a name and a password, which is not kept.' },
    'password-stdin': { says: 'Reads the password from stdin instead of asking.' },
    'token-stdin': { says: 'Reads a token from stdin instead of asking.' },
  },
  examples: [
    {
      line: 'login http://127.0.0.1:5000 --user ada',
      says: 'Asks for the password and makes a token of 90 days.',
    },
    {
      line: 'login https://ml.example.org/workspaces/vision --token-stdin < token',
      says: 'With a token that you have.',
    },
    {
      line: 'login https://test.example.org --profile test',
      says: 'A second server; `--profile test` uses it.',
    },
  ],
  run: signIn,
})

export const loginGroup = group('login', [login])

import { command, group } from '../command.ts'

const bash = command({
  name: 'bash',
  summary: 'Prints the completion script for bash.',
  examples: [{ line: 'completion bash', says: 'In ~/.bashrc: source <(orrery completion bash)' }],
  alone: true,
  async run() {
    const [{ bashScript }, { allWords }] = await Promise.all([
      import('../completion/bash.ts'),
      import('../completion/words.ts'),
    ])
    return bashScript(await allWords())
  },
})

const zsh = command({
  name: 'zsh',
  summary: 'Prints the completion script for zsh.',
  examples: [
    { line: 'completion zsh', says: 'In ~/.zshrc, behind compinit: source <(orrery completion zsh)' },
  ],
  alone: true,
  async run() {
    const [{ zshScript }, { allWords }] = await Promise.all([
      import('../completion/zsh.ts'),
      import('../completion/words.ts'),
    ])
    return zshScript(await allWords())
  },
})

const fish = command({
  name: 'fish',
  summary: 'Prints the completion script for fish.',
  examples: [{ line: 'completion fish', says: 'Write it to ~/.config/fish/completions/orrery.fish.' }],
  alone: true,
  async run() {
    const [{ fishScript }, { allWords }] = await Promise.all([
      import('../completion/fish.ts'),
      import('../completion/words.ts'),
    ])
    return fishScript(await allWords())
  },
})

export const completion = group('completion', [bash, zsh, fish])

import { randomInt } from 'node:crypto'

/* Two lists of our own; MLflow's form: adjective-animal-number, at most 20 characters. */
const ADJECTIVES =
  'able agile amber ample avid bold brave bright brisk calm candid clever cosmic crisp daring deft eager early easy fair famed fancy fast fine firm fleet fond frank free fresh glad golden grand great handy happy hardy honest humble ideal jolly keen kind lively loyal lucid lucky lunar mellow merry mighty modest neat nimble noble novel open patient placid polite prime proud quick quiet rapid rare ready regal rich robust royal sage selective serene sharp shiny silent skilled sleek smart smooth solar solid spry stable steady stellar subtle sunny swift tidy trusty upbeat valid vast vivid warm wise witty worthy zealous'.split(
    ' ',
  )

const ANIMALS =
  'adder ant ape auk badger bass bat bear bee bison boar bream bug calf carp cat chimp clam cod colt cow crab crane crow cub deer dog dolphin dove drake duck eagle eel elk emu falcon fawn finch fish flea fly foal fox frog gnat gnu goat goose grouse gull hare hawk hen heron hog horse hound ibex jay kite koi lamb lark lion loon lynx mare mink mole moose moth mouse mule newt otter owl ox panda perch pig pike pony pug quail ram rat rook seal shad shark sheep shrew skink sloth smelt snail snake sow squid stag steed stork swan tern toad trout vole wasp whale wolf worm wren yak zebra'.split(
    ' ',
  )

/** A name for what its maker did not name: `bright-otter-417`. Not unique, and not meant to be. */
export function generatedName(): string {
  const adjective = ADJECTIVES[randomInt(ADJECTIVES.length)]
  const animal = ANIMALS[randomInt(ANIMALS.length)]
  return `${adjective}-${animal}-${randomInt(1000)}`
}

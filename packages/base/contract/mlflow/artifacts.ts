export const artifactRoutes = {}

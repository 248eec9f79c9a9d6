export const inputRoutes = {}

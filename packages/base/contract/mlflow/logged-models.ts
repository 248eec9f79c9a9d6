export const loggedModelRoutes = {}

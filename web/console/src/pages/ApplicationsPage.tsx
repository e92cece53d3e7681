export function ApplicationsPage() { return <p>Applications</p> }

"""What time brings: Monday's draw, the month's figures, and the training that they ask for."""

from portal.service.quality import drawing, figures, training


async def draw() -> int:
    """Draw every week that is over; returns how many samples that made."""
    return await drawing.draw_weeks()


async def take() -> int:
    """Take every month that is over, then give the training that it asks for; returns how many months."""
    taken = await figures.take_months()
    await training.train_months()
    return taken

"""Grades files of students against a reference: values and gradients, a process for each file, points, pages."""
